package muster.balancing.planted;

import muster.proof.architecture.Breaks;

@Breaks("balancing_knows_only_the_jdk")
public final class KnowsGossip {
    muster.gossip.Member member;
}
