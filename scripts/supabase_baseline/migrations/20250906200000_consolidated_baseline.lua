local baseline = require "baseline"

-- One transaction: the schema, Supabase's own history, and what is checked.
return {
  description = "The consolidated baseline, in the place of the migrations that it was squashed from",
  lock_timeout = "3s",
  up = function(db)
    local before = baseline.count_rows(db)
    baseline.remember(db)
    db:file(baseline.file)
    baseline.take_over_history(db)
    baseline.same_rows(before, baseline.count_rows(db))
  end,
  down = function(db)
    baseline.put_back(db)
    baseline.give_back_history(db)
  end,
  verify = function(db) baseline.check_history(db) end,
}
