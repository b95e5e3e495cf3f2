package muster.proxy;

import muster.balancing.Backend;

/** What the data plane has seen and membership should know at once. */
@FunctionalInterface
public interface Evidence {
    /**
     * A connection to this backend was refused, reset or timed out: ask its node now, not at its turn. Called on an event
     * loop, possibly often: must not block.
     */
    void suspectNow(Backend backend);
}
