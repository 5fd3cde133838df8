local expect = require "tide.expect"

return {
  description = "What they say",

  up = function(db)
    db:execute [[
      CREATE TABLE messages (
        id        bigserial PRIMARY KEY,
        room_id   bigint NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
        author_id bigint REFERENCES users (id) ON DELETE SET NULL,
        body      text NOT NULL,
        length    integer GENERATED ALWAYS AS (char_length(body)) STORED,
        weight    double precision,
        sent_at   timestamptz NOT NULL DEFAULT now()
      )]]
    db:execute "CREATE INDEX idx_messages_room ON messages (room_id, sent_at)"
    db:execute "CREATE INDEX idx_messages_author ON messages (author_id)"
  end,

  down = function(db) db:execute "DROP TABLE messages" end,

  verify = function(db)
    expect.table(db, "messages"):has_columns { "id", "room_id", "author_id", "body", "sent_at" }
    expect.index(db, "idx_messages_room")
  end,
}
