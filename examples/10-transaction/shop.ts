import {
  EnableBinding,
  type Message,
  Processor,
  RocketMQLocalTransactionState,
  RocketMQTransactionListener,
  StreamListener,
  type TransactionListener,
  type TransactionState,
} from 'rocketstream'

export interface Order {
  readonly id: string
  readonly euros: number
}

/** What the database would remember. */
const accounts = { euros: 100 }
const booked = new Map<string, TransactionState>()

/** The local transaction: takes the money, or does not. */
export async function book({ id, euros }: Order): Promise<TransactionState> {
  const { COMMIT, ROLLBACK } = RocketMQLocalTransactionState
  const state = euros <= accounts.euros ? COMMIT : ROLLBACK
  if (state === COMMIT) accounts.euros -= euros
  booked.set(id, state)
  return state
}

/** Runs and checks the local transactions of producer group order-transactions. */
@RocketMQTransactionListener({ txProducerGroup: 'order-transactions' })
export class OrderTransactions implements TransactionListener {
  executeLocalTransaction(message: Message): Promise<TransactionState> {
    return book(message.payload as Order)
  }

  /** The broker asks about an order whose end it was not told: by this program or by one that crashed. */
  checkLocalTransaction(message: Message): TransactionState {
    return booked.get((message.payload as Order).id) ?? RocketMQLocalTransactionState.UNKNOWN
  }
}

@EnableBinding(Processor)
export class Shop {
  readonly shipped: string[] = []

  @StreamListener('input')
  ship(order: Order): void {
    this.shipped.push(order.id)
  }
}
