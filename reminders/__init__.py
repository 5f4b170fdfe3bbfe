"""Reminders: who is asked again, when and by which right, and never who has paid."""
