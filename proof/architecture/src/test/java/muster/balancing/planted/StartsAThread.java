package muster.balancing.planted;

import muster.proof.architecture.Breaks;

@Breaks("no_threads")
public final class StartsAThread {
    void start(Runnable work) {
        Thread.ofVirtual().start(work);
    }
}
