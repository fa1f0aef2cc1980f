ngx.timer.every(0.02, function(premature)
    if not premature then
        kept.tick()
    end
end)
