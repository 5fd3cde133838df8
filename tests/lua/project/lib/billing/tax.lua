local tax = { loaded_as = ... }

function tax.of(amount) return amount * 2 end

return tax
