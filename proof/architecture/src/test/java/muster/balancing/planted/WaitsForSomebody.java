package muster.balancing.planted;

import muster.proof.architecture.Breaks;

@Breaks("no_waiting")
public final class WaitsForSomebody {
    synchronized void pause() throws InterruptedException {
        wait();
    }
}
