local x = 1
return prnt(x)
