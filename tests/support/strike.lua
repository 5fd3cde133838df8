-- strike "3.2 end": the run is at this point. Ends the process with SIGKILL, once, when the project's file `strike` says
-- "3.2 end"; raises, as often as the point is passed, when it says "3.2 end!".
return function(point)
  log.info(("at point <%s>"):format(point))
  if not fs.exists "strike" then return end
  local wanted, how = fs.read("strike"):match "^([^!]*)(!?)$"
  if wanted ~= point then return end
  if how == "!" then error("struck at " .. point) end
  fs.remove "strike"
  shell.sh "kill -9 $PPID"
end
