/** Version of the frames on the wire. A test fails when their shapes change and this does not. */
export const PROTOCOL_VERSION = 1;
/** WebSocket subprotocol: names the frame format of `PROTOCOL_VERSION`. */
export const WEBSOCKET_SUBPROTOCOL = 'holdfast.v1';
/** Version of events and snapshots as stored. */
export const FORMAT_VERSION = 1;
