"""The law and the plans of reminders as pure rules: values in, decisions out, nothing read and nothing written."""
