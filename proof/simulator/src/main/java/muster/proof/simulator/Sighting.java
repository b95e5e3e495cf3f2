package muster.proof.simulator;

import java.time.Duration;

/** Someone saw something about a member. */
public record Sighting(String observer, String member, Duration at) {}
