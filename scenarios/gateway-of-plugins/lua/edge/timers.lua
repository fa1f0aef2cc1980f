local _M = {}

--- Calls again and again, each time after the interval and up to a fifth of it more, so that workers do not all do it at once.
function _M.every(interval, callback)
    local function again(premature)
        if premature then
            return
        end
        local ok, err = pcall(callback)
        if not ok then
            ngx.log(ngx.ERR, "a timer's callback failed: ", err)
        end
        if not ngx.worker.exiting() then
            ngx.timer.at(interval * (1 + math.random() / 5), again)
        end
    end
    assert(ngx.timer.at(interval * math.random(), again))
end

return _M
