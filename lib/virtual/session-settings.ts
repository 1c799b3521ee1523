/** Default of `AT+CCHCFG="sendtimeout"`: seconds without progress after which a send fails. */
const SEND_TIMEOUT = 150;

/**
 * What the host has told the module of one session. It is forgotten after an open that failed and after `AT+CCHCLOSE`
 * (F1008, F1009; field note 5.4), at a reset, and nowhere else: neither when the server closes or the connection is lost, nor
 * with the end of the service, nor by a close or an open that was refused.
 */
export class SessionSettings {
  /** `AT+CCHCFG="sendtimeout"`, in seconds. */
  sendTimeout = SEND_TIMEOUT;
  /** `AT+CCHSSLCFG`; `undefined`: the context of the session's own number. */
  context: number | undefined;

  forget(): void {
    this.sendTimeout = SEND_TIMEOUT;
    this.context = undefined;
  }
}
