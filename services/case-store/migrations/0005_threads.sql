-- What the channel's next answer has to name; see MessageReceived.thread.
ALTER TABLE conversation ADD COLUMN thread jsonb NOT NULL DEFAULT '{}';
