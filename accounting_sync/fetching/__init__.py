"""What comes back from accounting systems: money that was booked there, customers that were changed there."""
