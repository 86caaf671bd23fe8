-- What a lock with fencing tokens does, whatever script gives it back.
return function(release_script)
  local acquire_script, write_script = script("shared/acquire.lua"), script("shared/write.lua")

  -- A lease of no time is over at once, which needs no clock.
  local SHORT, LONG = 0, 60000

  local function acquire(owner, lease)
    return acquire_script{ keys = { "{page}:lock" }, args = { owner, lease } }
  end

  local function release(token)
    return release_script{ keys = { "{page}:lock" }, args = { token } }
  end

  local function write(token, text)
    return write_script{ keys = { "{page}" }, args = { token, text } }
  end

  describe("a lock", function()
    it("is taken by one", function()
      assert.equal(1, acquire("alice", LONG))
      assert.is_nil(acquire("bob", LONG))
    end)

    it("is free when it is given back", function()
      assert.equal(1, release(acquire("alice", LONG)))
      assert.equal(2, acquire("bob", LONG))
    end)

    it("is free when its time is over", function()
      assert.equal(1, acquire("alice", 30000))
      clock.advance(29)
      assert.is_nil(acquire("bob", LONG))
      clock.advance(1)
      assert.equal(2, acquire("bob", LONG))
    end)

    it("refuses what is written by one whose time is over", function()
      local alice = acquire("alice", SHORT)
      local bob = acquire("bob", LONG)
      assert.equal(1, write(bob, "by bob"))
      assert.equal(0, write(alice, "by alice"))
      assert.equal("by bob", redis("HGET", "{page}", "text"))
    end)

    it("is kept by who has it, whatever others give back", function()
      local holder
      invariant(function()
        if holder then
          assert.is_nil(acquire("somebody", LONG), holder .. " has lost the lock")
        end
      end)
      local function client(name, lease)
        return function()
          local token = acquire(name, lease)
          if token then
            holder = lease > 0 and name or nil
            release(token)
            if holder == name then
              holder = nil
            end
          end
        end
      end
      interleave{ alice = client("alice", LONG), bob = client("bob", SHORT) }
    end)
  end)
end
