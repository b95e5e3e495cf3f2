package muster.gossip.planted;

import muster.proof.architecture.Breaks;

@Breaks("no_clock")
public final class ReadsTheClock {
    long now() {
        return System.nanoTime();
    }
}
