-- Who let an answer leave that everybody can read.

ALTER TABLE delivery ADD COLUMN approved_by text;
