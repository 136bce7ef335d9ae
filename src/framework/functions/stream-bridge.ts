import { HEADER, type Message, type SendReceipt } from '../channels/index.ts'
import { isMessage } from '../dispatch/index.ts'

/** What {@link StreamBridge} needs of the application. */
export interface StreamBridgeSends {
  /** Sends to the output binding of this name; one that does not exist yet is made. */
  readonly send: (binding: string, message: Message) => Promise<SendReceipt>
}

/**
 * Sends to an output binding by its name, from anywhere in a program:
 * `constructor(@inject(StreamBridge) bridge: StreamBridge)`. A binding that no contract and no function declares is
 * made at the first message, with the configuration under its name; a name without configuration is the topic itself.
 */
export class StreamBridge {
  readonly #sends: StreamBridgeSends

  /** Made by the application. */
  constructor(sends: StreamBridgeSends) {
    this.#sends = sends
  }

  /**
   * Sends a payload or a message; resolves when the broker has stored it.
   * @param contentType  MIME type of the payload; default: the message's, else the binding's
   * @throws RMQ_DESTINATION_REFUSED  `spring.cloud.stream.dynamic-destinations` does not have it
   * @throws RMQ_BINDING_FAILED  a new binding could not be made
   * @throws RMQ_BINDING_CONFLICT  the name is that of an input
   * @throws RMQ_CHANNEL_CLOSED, RMQ_PAYLOAD_UNSENDABLE
   */
  async send(binding: string, data: unknown, contentType?: string): Promise<SendReceipt> {
    const { payload, headers } = isMessage(data) ? data : { payload: data, headers: {} }
    return this.#sends.send(binding, {
      payload,
      headers: contentType === undefined ? headers : { ...headers, [HEADER.contentType]: contentType },
    })
  }
}
