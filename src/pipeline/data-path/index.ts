export { compressorVersion } from './compression.ts';
export { openReader, type ReaderOptions } from './reader.ts';
export { openSink, type Sink, type SinkOptions } from './sink.ts';
