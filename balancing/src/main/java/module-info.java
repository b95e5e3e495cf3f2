/** Who gets the next request: announcements become a fleet of pools, pickers choose from it. Pure. */
module muster.balancing {
    requires static transitive org.jspecify;

    exports muster.balancing;
}
