"""Mail server, Twilio and Telegram as they behave from outside, for the demo and the tests."""
