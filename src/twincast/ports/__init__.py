"""The sockets: protocols that engines, stores and clocks fulfil. No implementation lives here."""
