DROP TABLE inbound_calls;
DROP TABLE template_providers;
