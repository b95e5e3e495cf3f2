package muster.demo.planted;

import muster.proof.architecture.Breaks;

@Breaks("demo_knows_the_rpc_client_only")
public final class KnowsGossip {
    muster.gossip.Gossip gossip;
}
