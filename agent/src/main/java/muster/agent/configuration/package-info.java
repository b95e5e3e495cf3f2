/**
 * What the operator wants, from four places: flags over {@code MUSTER_} environment over YAML file over defaults.
 *
 * <pre>
 *   flags ───► FlagParser ─────────┐
 *   MUSTER_* ► EnvironmentReader ──┼──► Configuration.resolve(schema, given) ──► typed values, or every problem at once
 *   YAML ────► FileReader ─────────┘
 * </pre>
 *
 * {@link muster.agent.configuration.Schema} is the one list of settings; flags, file keys, variables, help texts and
 * checks all come from it. Nothing here acts on a setting.
 */
@NullMarked
package muster.agent.configuration;

import org.jspecify.annotations.NullMarked;
