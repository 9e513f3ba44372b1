ALTER TABLE campaign_people DROP COLUMN sending_id;
ALTER TABLE campaigns DROP COLUMN document_id;
DROP TABLE message_files;
DROP TABLE sending_documents;
DROP TABLE sendings;
DROP TABLE document_files;
DROP TABLE documents;
