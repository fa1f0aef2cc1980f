local _M = {}

--- Which of so many nodes a key belongs to: the one whose hash with the key is highest.
function _M.place(key, count)
    local best, place = -1, 1
    for node = 1, count do
        local hash = ngx.crc32_short(key .. "#" .. node)
        if hash > best then
            best, place = hash, node
        end
    end
    return place
end

return _M
