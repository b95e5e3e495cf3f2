package muster.balancing.planted;

import java.util.concurrent.locks.ReentrantLock;
import muster.proof.architecture.Breaks;

@Breaks("no_threads")
public final class TakesALock {
    final ReentrantLock lock = new ReentrantLock();
}
