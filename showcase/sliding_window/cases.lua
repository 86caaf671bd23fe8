-- What a limiter with a sliding window does, whatever script it is.
return function(request)
  local MINUTE = 60000

  local function ask(now, limit)
    return request{ keys = { "user:1" }, args = { now, MINUTE, limit } }
  end

  invariant(function()
    assert.not_equal(-1, redis("PTTL", "user:1"), "what is kept of a user goes by itself")
  end)

  describe("a sliding window", function()
    it("says how many more may pass, or how long to wait", function()
      assert.same({ 1, 1 }, ask(1000, 2))
      assert.same({ 1, 0 }, ask(4000, 2))
      assert.same({ 0, MINUTE - 4000 }, ask(5000, 2))
    end)

    it("forgets a request after a minute", function()
      assert.same({ 1, 1 }, ask(1000, 2))
      assert.same({ 1, 0 }, ask(31000, 2))
      assert.same({ 0, 1 }, ask(60999, 2))
      assert.same({ 1, 0 }, ask(61000, 2))
      assert.same({ 0, 30000 }, ask(61000, 2))
    end)

    it("keeps to its limit with several clients in one millisecond", function()
      local passed = 0
      invariant(function()
        assert(passed <= 3, "more than three have passed")
      end)
      local function client()
        for _ = 1, 2 do
          if ask(1000, 3)[1] == 1 then
            passed = passed + 1
          end
        end
      end
      interleave{ a = client, b = client }
      assert.equal(3, passed)
    end)
  end)
end
