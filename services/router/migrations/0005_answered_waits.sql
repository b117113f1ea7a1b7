-- What estimated waits are made of, by queue and demand; `shares` are the credits of percentage splits alone.

ALTER TABLE routing_group ADD COLUMN answered_waits jsonb NOT NULL DEFAULT '{}';
