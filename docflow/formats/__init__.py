"""How dates are written where Django itself writes them: in the administration."""
