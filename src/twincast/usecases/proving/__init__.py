"""Tests with real customers: what they are foretold to find, and what was found."""
