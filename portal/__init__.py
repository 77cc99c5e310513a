"""The ground floor: settings, people, services, events, the outbox, the shell of the pages."""
