package muster.supervisor.planted;

import muster.proof.architecture.Breaks;

@Breaks("supervisor_knows_only_the_jdk")
public final class KnowsGossip {
    muster.gossip.Member member;
}
