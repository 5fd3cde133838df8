local expect = require "tide.expect"

return {
  description = "Who is where",

  up = function(db)
    db:execute [[
      CREATE TABLE room_participants (
        room_id   bigint NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
        user_id   bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        role      text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'moderator', 'member')),
        joined_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (room_id, user_id)
      )]]
    db:execute "CREATE INDEX idx_room_participants_user ON room_participants (user_id)"
  end,

  down = function(db) db:execute "DROP TABLE room_participants" end,

  verify = function(db)
    expect.table(db, "room_participants"):has_columns { "room_id", "user_id", "role" }
    expect.index(db, "idx_room_participants_user")
  end,
}
