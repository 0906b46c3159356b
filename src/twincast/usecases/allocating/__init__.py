"""The parts of an allocation: what it asks for, what offers are worth, who may get them, what it adds up to."""
