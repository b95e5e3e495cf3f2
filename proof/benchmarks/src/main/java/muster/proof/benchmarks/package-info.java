/**
 * Figures against peers, taken in the same run: absolute ones change with the machine and its neighbours, ratios hardly.
 *
 * <p>Each benchmark is a plain program that prints Markdown to stdout and its progress to stderr; none is a test, and none fails
 * on time. {@code proof/benchmarks/bench} builds and starts them.
 */
@NullMarked
package muster.proof.benchmarks;

import org.jspecify.annotations.NullMarked;
