package muster.gossip.planted;

import muster.proof.architecture.Breaks;

@Breaks("no_synchronized_methods")
public final class IsSynchronized {
    synchronized void touch() {}
}
