package muster.gossip.wire.planted;

import muster.proof.architecture.Breaks;

@Breaks("wire_does_not_know_the_protocol")
public final class KnowsTheProtocol {
    muster.gossip.Settings settings;
}
