package muster.proxy.planted;

import muster.proof.architecture.Breaks;

@Breaks("proxy_knows_balancing_and_netty")
public final class KnowsGossip {
    muster.gossip.Member member;
}
