DROP TABLE saved_view_uses;
DROP TABLE saved_views;
