DROP TABLE campaign_people;
DROP TABLE campaigns;
