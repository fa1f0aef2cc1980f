local _M = {}
local callbacks = {}

function _M.subscribe(callback)
    callbacks[#callbacks + 1] = callback
end

return _M
