// What the dispatcher's records mean: fields, causes and links. Readers of a trace (trace/analysis) follow this page.
//
// Fields (others keep their defaults; `tile`, `op`, `request` are set wherever a tile is concerned)
//   arrival     host         start = end = the arrival. No cause.
//   decision    scheduler    tile; rows = core. From the decision's start to its end (Dispatch).
//   prefetch    scheduler    tile, operand; rows = core. The same for a Prefetch; bytes = the block's.
//   load, store dma.channel  one record a part (dma.split); parts of one job share `task`. bytes = moved, payload =
//   DRAM
//                            address of the job's first run (plus the part's offset where the block is contiguous),
//                            rows, slot and operand = the core's end. A waits record follows each.
//   compute     pe_array     payload = MACs, rows, columns; occupancy, conflict extension and the wait for the trace
//                            buffer included: stall records sram_conflict and trace_buffer lie inside it, at its end.
//   drain       pe drain     occupancy end to last result, same task as its compute. The lane is exclusive, so where
//                            a drain begins under another tile's it begins at that one's end, with that as its cause
//                            (link array); wholly covered drains have no record.
//   vector,post vector_unit  a vector tile; the post-operation of the PE group whose last slice is `tile`.
//                            payload of a vector tile = the MACs that it does in the array's stead (grouped: vector). A
//                            wait for the trace buffer is included: a stall record inside it, at its end.
//   stall       pe, vector   reason; slot = SlotLack where reason is operand_slot; tile = the task that ended the gap
//                            (none: the rest of the run). Written when that task starts.
//   fill        sram slot    victim taken to full, or to the eviction of a prefetch (or the end of the run).
//   hold        sram slot    full and referenced: from full (or the first reference, if cached) to the last release. A
//                            cached slot that nobody refers to has no span.
//   accumulate  sram output  grant to draining; draining: draining to empty. Spans of one slot never overlap.
//   op          host         first decision to last store of an operator in a request; request: arrival to last store.
//
// Causes: `cause` names a record that ended at or before `start` (link start_of: that had started). The gap between is
// sync for compute, vector and post, and policy for decision and prefetch; load, store and drain have none. A walk from
// the last store to a record without cause covers [0, makespan] exactly once; what is before an arrival is `arrival`.
//   decision    ready: the predecessor's last store part (dependence; barrier over a control edge), the arrival (none),
//               or the decision of the slice before (dependence); the scheduler's last decision or prefetch
//               (scheduler); legality: who gave the slot back (operand_slot: compute, vector, store). Where the limit
//               fell because a task or a decision *started* (a queue place: queue; an open group, a slot's content:
//               operand_slot), the cause of that start stands for it, since its own record is not written yet.
//   prefetch    the scheduler's last decision or prefetch (scheduler), else the first arrival.
//   load        its decision or prefetch.
//   compute,    latest of input load, weight load, unit (array: the compute, vector or post before), the decision, and
//   vector      grant (output_slot: the store that emptied the slot).
//   post        the compute of its last slice (start_of: only [compute start, post start] counts) or the vector unit's
//               task before (array).
//   drain       its compute, or the drain before (array).
//   store       post, vector, or the drain (compute, if results end with it) of the slice whose result was last;
//               movement: its load, or on a hit its decision.
//   stall       what ended that part of the gap, if a record did. Not on the path; op, request, slot spans: no cause.
#pragma once
