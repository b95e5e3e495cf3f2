package muster.proxy;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import muster.balancing.Fleet;

/**
 * What the loops of one proxy share; safe for all threads.
 *
 * @param clients connected now, on all loops
 * @param fleetChanged tells every loop to look at its backends again
 */
record SharedState(Supplier<Fleet> fleet, Evidence evidence, AtomicInteger clients, Runnable fleetChanged) {}
