local _M = { text = "" }

function _M.add(mark)
    _M.text = _M.text .. mark
    ngx.say(#_M.text)
end

return _M
