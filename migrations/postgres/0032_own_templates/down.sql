DROP INDEX patients_name_length;
ALTER TABLE messages DROP COLUMN text_language;
ALTER TABLE messages DROP COLUMN template_version;
DROP TABLE template_versions;
DROP TABLE template_heads;
