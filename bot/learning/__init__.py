"""Rules of learning, as pure functions: time, zone and history arrive through arguments."""
