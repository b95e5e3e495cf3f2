package muster.gossip.planted;

import muster.proof.architecture.Breaks;

@Breaks("gossip_knows_only_the_jdk")
public final class KnowsBalancing {
    muster.balancing.Announcement announcement;
}
