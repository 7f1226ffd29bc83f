"""Weeks of an administrator's work, in an hour: does the bot get better every week?"""
