-- An event for a tenant's webhook travels as replies do; it has no words of its own.

ALTER TABLE delivery ADD COLUMN event jsonb;
