package muster.templating.planted;

import muster.proof.architecture.Breaks;

@Breaks("templating_knows_balancing_and_handlebars")
public final class KnowsGossip {
    muster.gossip.Member member;
}
