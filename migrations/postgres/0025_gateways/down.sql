DROP TABLE template_providers;
